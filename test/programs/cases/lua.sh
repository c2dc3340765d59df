# SPDX-License-Identifier: MIT
# lua: tables, strings, coroutines; LuaJIT, which wants low addresses, as well
# needs: lua

cat >work.lua <<'END'
local t, words = {}, {}
for i = 1, 200000 do
	local key = "key" .. (i * 7919 % 5003)
	t[key] = (t[key] or 0) + i
end
for k, v in pairs(t) do
	words[#words + 1] = k .. "=" .. string.format("%d", v)
end
table.sort(words)
local text = table.concat(words, ";")
print(#words, #text, words[1], words[#words])
print((text:gsub("key(%d)(%d)", "%2%1")):sub(-40))
local threads = {}
for i = 1, 5000 do
	threads[i] = coroutine.wrap(function(n)
		while true do
			n = coroutine.yield(("x"):rep(n % 50))
		end
	end)
end
local sum = 0
for round = 1, 10 do
	for i, f in ipairs(threads) do
		sum = sum + #f(i * round)
	end
end
print(sum)
local function tree(d) return d > 0 and { tree(d - 1), tree(d - 1) } or {} end
local function count(n) return n[1] and 1 + count(n[1]) + count(n[2]) or 1 end
print(count(tree(15)))
collectgarbage()
print(collectgarbage("count") > 0)
END
lua work.lua
if type -P luajit >/dev/null; then
	luajit work.lua
	luajit -joff work.lua
fi
