# SPDX-License-Identifier: MIT
# objects.rb - arrays, hashes and strings with random lifetimes.
seed = 42
rnd = lambda do |n|
  seed = (seed * 1103515245 + 12345) % 2147483648
  seed / 65536 % n
end

store = {}
sum = 0
200_000.times do |i|
  slot = rnd.call(30_000)
  old = store[slot]
  sum += old[:name].length + old[:list].length if old
  store[slot] = { name: "item #{i} " + 'x' * rnd.call(60),
                  list: Array.new(rnd.call(16)) { |j| j } }
end
text = store.values.map { |v| v[:name] }.sort.join(',')
10.times { sum += text.split(',').map(&:upcase).uniq.length }
puts "#{sum} #{text.length}"
