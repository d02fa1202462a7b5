# Nanoseconds for a call: the median of 15 blocks.

require_relative "tsrt"

def calls(model, x, times)
  sum = 0.0
  times.times do
    y, = model.forward(x)
    sum += y[0]
    y.free
  end
  raise "the sum is #{sum}" if sum != times
end

def now
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
end

abort "usage: ruby bench.rb identity.pt" if ARGV.size != 1
Tsrt::Model.load(ARGV[0]) do |model|
  x = Tsrt::Tensor.new([1, 1, 1, 1].pack("e*").freeze)
  calls(model, x, 20_000)
  blocks = Array.new(15) do
    start = now
    calls(model, x, 10_000)
    (now - start) / 10_000.0
  end
  puts format("%.1f", blocks.sort[7])
end
