# tsrt's C functions, and its errors as Ruby's.

require "ffi"
require "fiddle"

module Tsrt
  # What tsrt refuses. Wrong Ruby (a type, a zero byte in a path) is a TypeError, ArgumentError, ...
  class Error < StandardError
    # code    a number: 1 invalid argument, 2 not found, 6 raised in the model, ... as in tsrt.h
    # detail  the longer story, such as the model's traceback, or ""
    attr_reader :code, :detail

    def initialize(message, code, detail)
      super(message)
      @code = code
      @detail = detail
    end
  end

  module C # :nodoc:
    extend FFI::Library
    ffi_lib ENV.fetch("TSRT_LIBRARY", "libtsrt.so.0")

    # Calls that run models let other Ruby threads run meanwhile.
    def self.blocking(name, arguments)
      attach_function name, arguments, :pointer, blocking: true
    end

    attach_function :tsrt_version, [], :string
    attach_function :tsrt_abi_version, [], :int32
    attach_function :tsrt_live_handles, [], :int64

    attach_function :tsrt_error_code, [:pointer], :int32
    attach_function :tsrt_error_message, [:pointer], :string
    attach_function :tsrt_error_detail, [:pointer], :string
    attach_function :tsrt_error_free, [:pointer], :void

    attach_function :tsrt_managed_tensor_free, [:uintptr_t], :void
    attach_function :tsrt_managed_tensor_dequantize, %i[pointer pointer], :pointer
    attach_function :tsrt_tensor_copy, %i[pointer string pointer], :pointer

    attach_function :tsrt_value_new_none, [:pointer], :pointer
    attach_function :tsrt_value_new_bool, %i[bool pointer], :pointer
    attach_function :tsrt_value_new_int, %i[int64 pointer], :pointer
    attach_function :tsrt_value_new_float, %i[double pointer], :pointer
    attach_function :tsrt_value_new_complex, %i[double double pointer], :pointer
    attach_function :tsrt_value_new_string, %i[buffer_in size_t pointer], :pointer
    attach_function :tsrt_value_new_tensor, %i[buffer_in pointer], :pointer
    attach_function :tsrt_value_new_tuple, %i[buffer_in size_t pointer], :pointer
    attach_function :tsrt_value_new_list, %i[buffer_in size_t pointer], :pointer
    attach_function :tsrt_value_new_dict, %i[buffer_in buffer_in size_t pointer], :pointer
    attach_function :tsrt_value_kind, [:uintptr_t], :int32
    %i[type get_bool get_int get_float get_tensor size].each do |what|
      attach_function :"tsrt_value_#{what}", %i[uintptr_t pointer], :pointer
    end
    attach_function :tsrt_value_get_complex, %i[uintptr_t pointer pointer], :pointer
    attach_function :tsrt_value_get_string, %i[uintptr_t pointer pointer], :pointer
    attach_function :tsrt_value_item, %i[uintptr_t size_t pointer], :pointer
    attach_function :tsrt_value_field, %i[uintptr_t size_t pointer], :pointer
    attach_function :tsrt_value_entry, %i[uintptr_t size_t pointer pointer], :pointer
    attach_function :tsrt_value_free, [:uintptr_t], :void

    blocking :tsrt_model_load, %i[string string pointer]
    blocking :tsrt_model_clone, %i[uintptr_t pointer]
    blocking :tsrt_model_describe, %i[uintptr_t pointer]
    blocking :tsrt_model_forward, %i[uintptr_t buffer_in size_t pointer size_t pointer]
    blocking :tsrt_model_forward_into, %i[uintptr_t buffer_in size_t buffer_in size_t]
    blocking :tsrt_model_run, %i[uintptr_t string uintptr_t uintptr_t pointer]
    attach_function :tsrt_model_cancel, [:uintptr_t], :pointer
    attach_function :tsrt_model_free, [:uintptr_t], :void
    attach_function :tsrt_string_free, [:pointer], :void

    raise LoadError, "tsrt.rb was written for another version of libtsrt" if tsrt_abi_version != 0

    # Something that frees what is at an address, by the function of this name: when it is told to
    # (call_free), else when it is garbage. FFI::AutoPointer does that, too, in ten times the time.
    def self.own(address, free)
      Fiddle::Pointer.new(address, 0, FREE.fetch(free))
    end

    FREE = %i[tsrt_managed_tensor_free tsrt_value_free tsrt_model_free].to_h do |name|
      [name, ffi_libraries.first.find_function(name.to_s).address]
    end.freeze
    private_constant :FREE

    # Raises what a tsrt function returned, unless that is NULL.
    def self.check(error)
      return if error.null?

      message, detail = text(tsrt_error_message(error)), text(tsrt_error_detail(error))
      code = tsrt_error_code(error)
      tsrt_error_free(error)
      raise Error.new(message, code, detail)
    end

    # What a function writes to its out-parameter of this type.
    def self.out(type)
      place = FFI::MemoryPointer.new(type)
      check(yield(place))
      place.get(type, 0)
    end

    # Texts that FFI reads have no encoding.
    def self.text(bytes)
      bytes.force_encoding(Encoding::UTF_8)
    end
  end
end
