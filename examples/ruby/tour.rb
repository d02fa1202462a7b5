# What a model can do, from Ruby: the same as in every other language.

require_relative "tsrt"

def show(error)
  puts "error #{error.code}: #{error.message}"
end

def numbers(values)
  values.map { |value| format("%.3f", value) }.join(" ")
end

def vector(*values)
  Tsrt::Tensor.new(values.pack("e*").freeze)
end

def matrices(model)
  x = Tsrt::Tensor.new([0, 1, 2, 3, 4, 5].pack("e*").freeze, shape: [2, 3])
  y, = model.forward(x)
  puts "forward: #{y.shape} #{numbers(y.to_a)}"
  into = FFI::MemoryPointer.new(:float, 4)
  model.forward_into([x], [Tsrt::Tensor.new(into, shape: [2, 2])])
  puts "into: #{numbers(into.read_array_of_float(4))}"
  [x, y]
end

def averages(model)
  puts "average: #{numbers([1, 2, 3].map { |i| model.run(:average, vector(i, i)) })}"
  begin
    model.run(:average, vector)
  rescue Tsrt::Error => e
    show(e)
  end
  puts "average: #{numbers([model.run(:average, vector(4, 4))])}"
end

# One model serves all threads: its forward only reads.
def in_parallel(model, x, expected)
  threads = Array.new(4) do
    Thread.new do
      Array.new(250) do
        y, = model.forward(x)
        y.to_a.tap { y.free } == expected
      end
    end
  end
  same = threads.flat_map(&:value).count(true)
  puts "parallel: 4 threads, #{same} calls, #{same == 1000 ? 'all the same' : 'OTHERS'}"
end

abort "usage: ruby tour.rb model.pt" if ARGV.size != 1
begin
  Tsrt::Model.load("absent.pt")
rescue Tsrt::Error => e
  show(e)
end
Tsrt::Model.load(ARGV[0]) do |model|
  x, y = matrices(model)
  shares = model.run(:shares, "größe-", { "links" => 1.0, "rechts" => 3.0 })
  puts "shares: #{shares.map { |name, share| format('%s=%.3f', name, share) }.join(' ')}"
  averages(model)
  in_parallel(model, x, y.to_a)
  y.free
end
puts "live handles: #{Tsrt.live_handles}"
