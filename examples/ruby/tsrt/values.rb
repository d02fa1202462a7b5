# Ruby's objects as tsrt's values, and back.

require_relative "tensor"

module Tsrt
  # A tuple: an Array, as TorchScript tells the two apart. Where a method wants a tuple, an Array
  # will do. `names` are those of a named tuple's items, for which to_h makes a Hash.
  class Tuple < Array
    attr_accessor :names

    def to_h(&)
      names ? names.zip(self).to_h(&) : super
    end
  end

  # A value that Ruby has nothing for, such as an object of a class in the model: to pass on.
  class Value < Handle
    # Such as "__torch__.Decoder".
    def type
      C.text(C.out(:pointer) { |out| C.tsrt_value_type(address, out) }.read_string)
    end
  end

  # The values of one call, which are freed together.
  class Values # :nodoc:
    def self.open
      values = new
      yield values
    ensure
      values.free
    end

    def initialize
      @made = []
    end

    def free
      @made.each { |value| C.tsrt_value_free(value) }
    end

    # The address of the value for a Ruby object.
    def make(object)
      return object.address if object.is_a?(Value)

      value = C.out(:uintptr_t) { |out| create(object, out) }
      @made << value
      value
    end

    # What the value stands for; it is freed, or in what is returned.
    def self.take(value)
      kind = C.tsrt_value_kind(value)
      return Value.new(value, :tsrt_value_free) if kind > READERS.size - 1

      begin
        READERS[kind].call(value)
      ensure
        C.tsrt_value_free(value)
      end
    end

    # How to read each kind of value, in the order of their numbers.
    READERS = [
      ->(_) {},
      ->(value) { C.out(:bool) { |out| C.tsrt_value_get_bool(value, out) } },
      ->(value) { C.out(:int64) { |out| C.tsrt_value_get_int(value, out) } },
      ->(value) { C.out(:double) { |out| C.tsrt_value_get_float(value, out) } },
      ->(value) { complex(value) },
      ->(value) { string(value) },
      ->(value) { tensor(value) },
      ->(value) { items(value) },
      ->(value) { tuple(value) },
      ->(value) { hash(value) },
      ->(value) { string(value) } # a device
    ].freeze

    class << self
      private

      def size(value)
        C.out(:size_t) { |out| C.tsrt_value_size(value, out) }
      end

      def tensor(value)
        made = C.out(:uintptr_t) { |out| C.tsrt_value_get_tensor(value, out) }
        Tensor.adopt(Tensor.own(made))
      end

      def complex(value)
        parts = FFI::MemoryPointer.new(:double, 2)
        C.check(C.tsrt_value_get_complex(value, parts, parts + 8))
        Complex(*parts.read_array_of_double(2))
      end

      def string(value)
        place = FFI::MemoryPointer.new(:pointer, 2)
        C.check(C.tsrt_value_get_string(value, place, place + 8))
        C.text(place.read_pointer.read_bytes(place.get(:size_t, 8)))
      end

      def items(value)
        Array.new(size(value)) do |i|
          take(C.out(:uintptr_t) { |out| C.tsrt_value_item(value, i, out) })
        end
      end

      def tuple(value)
        items = Tuple.new(items(value))
        names = Array.new(items.size) do |i|
          C.out(:pointer) { |out| C.tsrt_value_field(value, i, out) }
        end
        return items if names.any?(&:null?)

        items.names = names.map { |name| C.text(name.read_string).to_sym }
        items
      end

      def hash(value)
        Array.new(size(value)) do |i|
          place = FFI::MemoryPointer.new(:pointer, 2)
          C.check(C.tsrt_value_entry(value, i, place, place + 8))
          place.get_array_of_uint64(0, 2).map { |part| take(part) }
        end.to_h
      end
    end

    private

    def create(object, out)
      case object
      when nil then C.tsrt_value_new_none(out)
      when true, false then C.tsrt_value_new_bool(object, out)
      when Integer then C.tsrt_value_new_int(object, out)
      when Float then C.tsrt_value_new_float(object, out)
      when Complex then C.tsrt_value_new_complex(*object.rect.map(&:to_f), out)
      when String, Symbol then create_string(object.to_s.encode(Encoding::UTF_8), out)
      when Tensor then C.tsrt_value_new_tensor(object.view, out)
      when Tuple then C.tsrt_value_new_tuple(array(object), object.size, out)
      when Array then C.tsrt_value_new_list(array(object), object.size, out)
      when Hash
        C.tsrt_value_new_dict(array(object.keys), array(object.values), object.size, out)
      else raise TypeError, "a method cannot be given a #{object.class}"
      end
    end

    def create_string(text, out)
      C.tsrt_value_new_string(text, text.bytesize, out)
    end

    def array(objects)
      objects.map { |object| make(object) }.pack("J*")
    end
  end
end
