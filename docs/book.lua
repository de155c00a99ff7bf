-- book.lua: makes one document of the pages of the course, as a filter of pandoc. A heading's
-- name begins with that of its page; links between pages become links in the book, links to
-- files that it does not hold only their text; pictures stand in the page as SVG; what may be
-- too wide for a phone scrolls by itself.
local pages = {}    -- which pages the book holds
local pictures = 0

-- The name that forges give a heading.
local function slug(text)
  local marks = "[%c!\"#$%%&'()*+,./:;<=>?@%[\\%]^`{|}~]"  -- not - and _
  return (pandoc.text.lower(text):gsub(marks, ""):gsub(" ", "-"))
end

local function target(page, url)
  local file, place = url:match("^([^#]*)#?(.*)$")
  if file:match("^%a+:") then return url end
  local name = file == "" and page or file:match("^([%w-]+)%.md$")
  if not name or not pages[name] then return nil end
  return "#" .. name .. (place ~= "" and "--" .. place or "")
end

-- Names within a picture are its own: several pictures of gnuplot use the same.
local function picture(image)
  local file = io.open("docs/" .. image.src, "r")
  if not file then error("book: docs/" .. image.src .. " is not there") end
  local svg = file:read("a")
  file:close()
  pictures = pictures + 1
  local own = "p" .. pictures .. "-"
  svg = svg:gsub("<%?xml.-%?>", ""):gsub("<!DOCTYPE.->", ""):gsub("<!%-%-.-%-%->", "")
           :gsub("(%sid=[\"'])", "%1" .. own):gsub("(href=[\"']#)", "%1" .. own)
           :gsub("url%(#", "url(#" .. own):gsub("\n%s*\n", "\n")
  local label = pandoc.utils.stringify(image.caption):gsub("&", "&amp;"):gsub('"', "&quot;")
  svg = svg:gsub("<svg", '<svg role="img" aria-label="' .. label .. '"', 1)
  return pandoc.RawInline("html", svg)
end

local function inlines(page)
  return {
    Link = function(link)
      local to = target(page, link.target)
      if not to then return link.content end
      link.target = to
      return link
    end,
    Image = function(image)
      if image.src:match("%.svg$") and not image.src:match("^%a+:") then return picture(image) end
    end,
    Table = function(t) return pandoc.Div({t}, {class = "wide"}) end,
    Para = function(p)
      local last = p.content[#p.content]
      if last and last.t == "Str" and last.text == "{.place}" then
        p.content:remove()
        return pandoc.Div({pandoc.Plain(p.content)}, {class = "place"})
      end
      for _, part in ipairs(p.content) do
        if part.t == "Math" and part.mathtype == "DisplayMath" then
          return pandoc.Div({p}, {class = "wide"})
        end
      end
    end,
  }
end

local function page_of(block)
  return block.t == "RawBlock" and block.text:match("<!%-%- page: ([%w-]+) %-%->")
end

function Pandoc(doc)
  local out = pandoc.List()
  local page
  for _, block in ipairs(doc.blocks) do
    if page_of(block) then pages[page_of(block)] = true end
  end
  for _, block in ipairs(doc.blocks) do
    if page_of(block) then
      page = page_of(block)
    else
      if block.t == "Header" then
        local name = slug(pandoc.utils.stringify(block))
        block.identifier = block.level == 1 and page or page .. "--" .. name
      end
      out:insert(pandoc.walk_block(pandoc.Div({block}), inlines(page)).content[1])
    end
  end
  return pandoc.Pandoc(out, doc.meta)
end
