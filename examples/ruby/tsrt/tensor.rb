# Tensors: numbers in memory, with a shape.

require_relative "c"

module Tsrt
  # An element type: DLPack's code and bits, what FFI reads of it (nil: nothing), and what is made
  # of a list of those.
  DType = Struct.new(:name, :code, :bits, :type, :convert) do
    def initialize(...)
      super
      @size = bits / 8
      @number = :"get_#{type}"
      @numbers = :"get_array_of_#{type}"
      @parts = code == 5 ? 2 : 1
    end

    attr_reader :size

    def number(memory, index)
      return numbers(memory, index, 1).first if convert || !type

      memory.public_send(@number, index * @size)
    end

    def numbers(memory, index, count)
      raise TypeError, "Ruby has no numbers of type #{name}; there is Tensor#bytes" unless type

      found = memory.public_send(@numbers, index * @size, count * @parts)
      convert ? convert.call(found) : found
    end
  end

  complex = ->(numbers) { numbers.each_slice(2).map { |parts| Complex(*parts) } }

  DTYPES = [
    DType.new(:float32, 2, 32, :float32),
    DType.new(:float64, 2, 64, :float64),
    DType.new(:float16, 2, 16),
    DType.new(:bfloat16, 4, 16),
    DType.new(:int8, 0, 8, :int8),
    DType.new(:int16, 0, 16, :int16),
    DType.new(:int32, 0, 32, :int32),
    DType.new(:int64, 0, 64, :int64),
    DType.new(:uint8, 1, 8, :uint8),
    DType.new(:bool, 6, 8, :uint8, ->(bytes) { bytes.map(&:positive?) }),
    DType.new(:complex64, 5, 64, :float32, complex),
    DType.new(:complex128, 5, 128, :float64, complex)
  ].to_h { |dtype| [dtype.name, dtype] }.freeze

  DTYPES_BY_CODE = DTYPES.values.to_h { |dtype| [dtype.code | dtype.bits << 8, dtype] }.freeze
  private_constant :DTYPES_BY_CODE

  # A tensor: over memory of the program's own, or from a model, over tsrt's.
  #
  #   tensor[i]    the number at index i in row-major order, from 0
  #   tensor.to_a  all of them, flat
  #   tensor.free  gives the memory back now; else the garbage collector does, but late, since it
  #                does not see the memory
  class Tensor
    CPU = 1
    QUANTIZED = 1 << 63
    VIEW = "Q<l<l<l<CCS<Q<Q<Q<" # of Array#pack, for tsrt_tensor
    VIEW_OFFSET = 32 # in tsrt_managed_tensor
    VIEW_SIZE = 48
    private_constant :CPU, :QUANTIZED, :VIEW, :VIEW_OFFSET, :VIEW_SIZE

    attr_reader :shape, :count

    # memory  a frozen String, such as [1, 2].pack("e*").freeze, or an FFI::MemoryPointer, which is
    #         also what a model can write to. It is kept, not copied.
    # shape   such as [2, 3]; by default one dimension with all of the memory
    def initialize(memory, shape: nil, dtype: :float32)
      @dtype = DTYPES.fetch(dtype) { raise ArgumentError, "there is no dtype #{dtype.inspect}" }
      @memory = pointer_to(memory)
      @shape = (shape || [@memory.size / @dtype.size]).map { |size| Integer(size) }.freeze
      @count = @shape.inject(1, :*)
      if @shape.any?(&:negative?) || @count * @dtype.size > @memory.size
        raise ArgumentError, "shape #{@shape} of #{dtype} does not fit #{@memory.size} bytes"
      end
      @sizes = FFI::MemoryPointer.new(:int64, @shape.size).write_array_of_int64(@shape)
      fields = [@memory.address, CPU, 0, @shape.size, @dtype.code, @dtype.bits, 1]
      @view = [*fields, @sizes.address, 0, 0].pack(VIEW)
    end

    # What owns a tsrt_managed_tensor, to make a tensor of.
    def self.own(address) # :nodoc:
      C.own(address, :tsrt_managed_tensor_free)
    end

    def self.adopt(handle) # :nodoc:
      tensor = allocate
      tensor.send(:adopt, handle)
      tensor
    end

    def dtype
      @dtype.name
    end

    def [](index)
      unless index.is_a?(Integer) && index.between?(0, @count - 1)
        raise IndexError, "index #{index} in a tensor of #{@count} numbers"
      end

      @dtype.number(memory, index)
    end

    def to_a
      @dtype.numbers(memory, 0, @count)
    end

    # A copy of the memory, for libraries that take such.
    def bytes
      memory.get_bytes(0, @count * @dtype.size)
    end

    def free
      @memory = nil
      @handle&.call_free
      nil
    end

    # The bytes of a tsrt_tensor, which is borrowed from this object.
    def view # :nodoc:
      memory
      @view ||= FFI::Pointer.new(@handle.to_i + VIEW_OFFSET).read_bytes(VIEW_SIZE)
    end

    private

    def memory
      @memory or raise "the tensor has been freed"
    end

    def pointer_to(memory)
      return memory if memory.is_a?(FFI::Pointer)
      raise TypeError, "a #{memory.class} is no String or FFI::Pointer" unless memory.is_a?(String)
      raise ArgumentError, "freeze the String, or it might move" unless memory.frozen?

      @pin = Fiddle::Pointer[memory] # so that GC.compact does not move it either
      FFI::Pointer.new(@pin.to_i).slice(0, memory.bytesize)
    end

    def adopt(handle)
      @handle = handle
      # flags, data, device, ndim and dtype, shape, strides, byte_offset
      flags, data, device, kind, shape, strides, offset =
        FFI::Pointer.new(handle.to_i + VIEW_OFFSET - 8).get_array_of_uint64(0, 7)
      ndim = kind & 0xffffffff
      @shape = FFI::Pointer.new(shape).read_array_of_int64(ndim)
      @count = @shape.inject(1, :*)
      return replace(:tsrt_managed_tensor_dequantize, 0) if flags & QUANTIZED != 0

      plain = device == CPU && row_major?(strides)
      return replace(:tsrt_tensor_copy, VIEW_OFFSET, "cpu") unless plain

      @dtype = DTYPES_BY_CODE[kind >> 32 & 0xffff] || DType.new(:other, 0, kind >> 40 & 0xff)
      @memory = FFI::Pointer.new(data + offset)
    end

    def row_major?(strides)
      return true if @shape.size < 2 || @count.zero? || strides.zero?

      stride = 1
      strides = FFI::Pointer.new(strides).read_array_of_int64(@shape.size)
      (@shape.size - 1).downto(0) do |i|
        return false if @shape[i] != 1 && strides[i] != stride

        stride *= @shape[i]
      end
      true
    end

    # Goes on with what this function of tsrt's makes of the tensor.
    def replace(function, offset, *arguments)
      source = FFI::Pointer.new(@handle.to_i + offset)
      made = C.out(:uintptr_t) { |out| C.public_send(function, source, *arguments, out) }
      @handle.call_free
      adopt(Tensor.own(made))
    end
  end
end
