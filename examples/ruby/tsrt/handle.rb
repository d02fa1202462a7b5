# What tsrt made and the program has to free.

module Tsrt
  # Owns one of tsrt's objects. `free` frees it now; if nobody does, the garbage collector will, but
  # late, since it knows nothing of the memory behind it. No other thread may begin to use it just
  # then, nor, unless it is a model, be using it.
  class Handle
    def initialize(address, free)
      @handle = C.own(address, free)
    end

    # A second time does nothing.
    def free
      @handle.call_free
      nil
    end

    def address # :nodoc:
      raise "the #{self.class.name[/\w+\z/].downcase} has been freed" if @handle.freed?

      @handle.to_i
    end
  end
end
