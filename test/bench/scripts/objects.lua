-- SPDX-License-Identifier: MIT
-- objects.lua - tables and strings with random lifetimes, a string builder.
local seed = 42
local function rnd(n)
	seed = (seed * 1103515245 + 12345) % 2147483648
	return seed // 65536 % n + 1
end

local store, sum = {}, 0
for i = 1, 400000 do
	local slot = rnd(30000)
	local old = store[slot]
	if old then
		sum = sum + #old.name + old.tags[2]
	end
	store[slot] = { id = i, name = "item " .. i, tags = { i, rnd(99), slot } }
end

local parts = {}
for i = 1, 30000 do
	parts[#parts + 1] = string.rep("x", rnd(60)) .. i
end
local text = table.concat(parts, ",")
for word in text:gmatch("[^,]+") do
	sum = sum + #word
end
print(sum, #text)
