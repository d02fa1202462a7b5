# tsrt for Ruby: PyTorch models, through the gem ffi.
#
#   Tsrt::Model.load("model.pt", threads: 2) do |model|
#     x = Tsrt::Tensor.new([0, 1, 2, 3, 4, 5].pack("e*").freeze, shape: [2, 3])
#     y, = model.forward(x)
#     p y.shape, y.to_a
#   end

require_relative "tsrt/c"
require_relative "tsrt/handle"
require_relative "tsrt/tensor"
require_relative "tsrt/values"

module Tsrt
  def self.version
    C.text(C.tsrt_version)
  end

  # How many objects of tsrt's are not freed yet, for tests.
  def self.live_handles
    C.tsrt_live_handles
  end

  # A model. All threads may call it at once, side by side. What interrupts a thread (Thread#raise,
  # Timeout, a signal) waits until its call returns; `cancel` ends the call.
  class Model < Handle
    MOST_OUTPUTS = 64
    NEVER = { Object => :never }.freeze # lest an interrupt lose what a call has made

    # Where a call puts its outputs. Those that no call is using lie in @places.
    class Place
      attr_reader :made, :count

      def initialize
        @made = FFI::MemoryPointer.new(:pointer, MOST_OUTPUTS)
        @count = FFI::MemoryPointer.new(:size_t)
      end
    end
    private_constant :MOST_OUTPUTS, :NEVER, :Place

    # Loads a model, with options such as `threads: 2, mmap: true`; tsrt.h lists them. With a block,
    # passes it to that, frees it afterwards, and returns what the block does.
    def self.load(path, **options)
      text = option_text(options)
      model = Thread.handle_interrupt(NEVER) do
        new(C.out(:uintptr_t) { |out| C.tsrt_model_load(path.to_s, text, out) })
      end
      return model unless block_given?

      begin
        yield model
      ensure
        model.free
      end
    end

    def self.option_text(options)
      words = { true => "yes", false => "no" }
      pairs = options.flat_map do |key, values|
        Array(values).map { |value| "#{key}=#{words.fetch(value, value)}" }
      end
      bad = pairs.grep(/,/)
      raise ArgumentError, "there is a comma in #{bad[0].inspect}" if bad.any?

      pairs.join(",")
    end
    private_class_method :option_text

    # Runs `forward` on tensors. Returns a list of tensors.
    def forward(*inputs)
      views = join(inputs)
      Thread.handle_interrupt(NEVER) do
        place = @places.pop || Place.new
        C.check(C.tsrt_model_forward(address, views, inputs.size,
                                     place.made, MOST_OUTPUTS, place.count))
        made = place.made.read_array_of_uint64(place.count.read_uint64)
        @places.push(place)
        # All of them have an owner before the first is looked into.
        made.map { |output| Tensor.own(output) }.map { |output| Tensor.adopt(output) }
      end
    end

    # The same, with the results written into tensors over the program's own FFI::MemoryPointers.
    def forward_into(inputs, outputs)
      from, into = join(inputs), join(outputs)
      Thread.handle_interrupt(NEVER) do
        C.check(C.tsrt_model_forward_into(address, from, inputs.size, into, outputs.size))
      end
    end

    # Runs any method on nil, true, false, Integer, Float, Complex, String, Tensor, Array, Tuple,
    # Hash and Value, and returns such.
    def run(method, *args, **kwargs)
      Thread.handle_interrupt(NEVER) do
        Values.open do |values|
          positional = values.make(Tuple.new(args))
          named = kwargs.empty? ? 0 : values.make(kwargs)
          Values.take(C.out(:uintptr_t) do |result|
            C.tsrt_model_run(address, method.to_s, positional, named, result)
          end)
        end
      end
    end

    # A model with state of its own and the same weights.
    def clone
      Thread.handle_interrupt(NEVER) do
        Model.send(:new, C.out(:uintptr_t) { |out| C.tsrt_model_clone(address, out) })
      end
    end

    # What there is to know of the model, as JSON.
    def describe
      Thread.handle_interrupt(NEVER) do
        json = C.out(:pointer) { |out| C.tsrt_model_describe(address, out) }
        C.text(json.read_string).tap { C.tsrt_string_free(json) }
      end
    end

    # Stops the calls that other threads are in: they raise Error with code 12.
    def cancel
      C.check(C.tsrt_model_cancel(address))
    end

    private_class_method :new

    private

    def initialize(address)
      super(address, :tsrt_model_free)
      @places = []
    end

    # The descriptions of tensors, one after the other.
    def join(tensors)
      unless tensors.all?(Tensor)
        raise TypeError, "tensors are wanted, not #{tensors.grep_v(Tensor).first.inspect}"
      end

      tensors.size == 1 ? tensors[0].view : tensors.map(&:view).join
    end
  end
end
