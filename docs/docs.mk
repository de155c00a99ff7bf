# docs.mk: the targets of the course: cards, quiz, pictures, book. Read by the Makefile.

.PHONY: docs cards quiz pictures book setup-book

docs:
	@sh docs/cards.sh fill

cards:
	@sh docs/cards.sh anki $(OUT)/cards.txt

quiz:
	@CHAPTER=$(CHAPTER) SEED=$(SEED) sh docs/quiz.sh

pictures: all
	@BUILD=$(BUILD) sh docs/pictures/draw.sh

book:
	@sh docs/book.sh $(OUT)

setup-book:
	@sh harness/setup.sh book
