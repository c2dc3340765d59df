# SPDX-License-Identifier: MIT
# ruby: hashes, strings, threads, fork, garbage collection with compaction
# needs: ruby

cat >work.rb <<'END'
require 'json'
require 'digest'

table = Hash.new { |h, k| h[k] = [] }
60_000.times { |i| table["key#{i * 7919 % 5003}"] << "v" * (i % 40) }
text = JSON.generate(table.sort.to_h)
puts text.size, Digest::MD5.hexdigest(text)
puts JSON.parse(text) == table
GC.start
GC.compact if GC.respond_to?(:compact)

sums = (1..8).map do |n|
  Thread.new { (1..30_000).map { |i| (i * n).to_s }.join.sum }
end.map(&:value)
p sums
2.times do |n|
  pid = fork { exit!((1..50_000).map(&:to_s).uniq.size % 256) }
  Process.wait(pid)
  puts $?.exitstatus
end
puts text.scan(/"key(\d{2})"/).flatten.map(&:to_i).sum
puts (2**5000).to_s.size, 100.downto(1).inject(:*).to_s[0, 30]
fiber = Fiber.new { 10_000.times { |i| Fiber.yield "f" * (i % 100) } ; nil }
n = 0
while (s = fiber.resume) do n += s.size end
puts n
END
ruby work.rb
