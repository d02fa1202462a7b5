package Tsrt::Tensor;

# A tensor that a model made. Its memory is freed with it.

use strict;
use warnings;
use Carp qw(croak);
use FFI::Platypus::Buffer qw(window);
use Hash::Util::FieldHash qw(fieldhash);
use Tsrt::Error;
use Tsrt::FFI;

# tsrt_tensor: data, device, ndim, dtype (code, bits, lanes), shape, strides, byte_offset
use constant {
    LAYOUT        => 'J l x4 l L J J Q',
    SIZE          => 48,
    IN_MANAGED    => 32,                 # where it is in tsrt_managed_tensor
    CPU           => 1,
};

# Element types by their names: code, bits, and the letter that `unpack` has for them.
my %types = (
    float32  => [2, 32, 'f'],
    float64  => [2, 64, 'd'],
    float16  => [2, 16],
    bfloat16 => [4, 16],
    int8     => [0, 8, 'c'],
    int16    => [0, 16, 's'],
    int32    => [0, 32, 'l'],
    int64    => [0, 64, 'q'],
    uint8    => [1, 8, 'C'],
    bool     => [6, 8, 'C'],
);
my (%number, %name, %letter);
for my $name (keys %types) {
    my ($code, $bits, $letter) = @{ $types{$name} };
    my $number = $number{$name} = $code | $bits << 8 | 1 << 16;
    ($name{$number}, $letter{$number}) = ($name, $letter);
}

# The struct's `dtype`, and how many bytes an element has.
sub dtype_number {
    my $number = $number{ $_[0] // '' } // croak "there is no element type '" . ($_[0] // '') . "'";
    return ($number, width($number));
}

sub width { return $_[0] >> 11 & 31 }

fieldhash my %owner;    # of the strings that are views of a tensor's memory

sub adopt {
    my ($class, $address) = @_;
    return bless [$address], $class;
}

sub DESTROY { Tsrt::FFI::tsrt_managed_tensor_free($_[0][0]) }

# A thread of its own would free the tensor again.
sub CLONE_SKIP { return 1 }

# The struct, for C.
sub describe { return unpack 'P48', pack 'J', $_[0][0] + IN_MANAGED }

sub describe_for_writing { return $_[0]->describe }

sub shape {
    my ($ndim, $shape) = (unpack LAYOUT, $_[0]->describe)[2, 4];
    return [unpack 'q*', Tsrt::FFI::bytes_at($shape, 8 * $ndim)];
}

# Such as 'float32'.
sub dtype {
    my $dtype = (unpack LAYOUT, $_[0]->describe)[3];
    return $name{$dtype} // sprintf 'type %d of %d bits', $dtype & 255, $dtype >> 8 & 255;
}

# All elements, row by row, as a list of numbers.
sub values {
    my ($address, $dtype, $count) = &_flat;
    my $letter = $letter{$dtype} // croak 'Perl cannot unpack elements of ' . $_[0]->dtype;
    return unpack "$letter*", Tsrt::FFI::bytes_at($address, $count * width($dtype));
}

# One of them, counted as in `values`.
sub item {
    my (undef, $index) = @_;
    my ($address, $dtype, $count) = &_flat;
    croak "there is no element $index among $count" if $index < 0 || $index >= $count;
    my $letter = $letter{$dtype} // croak 'Perl cannot unpack elements of ' . $_[0]->dtype;
    my $width  = $dtype >> 11 & 31;
    return unpack $letter, unpack "P$width", pack 'J', $address + $index * $width;
}

# A reference to a packed string with all elements, row by row. It is read only: the string's memory
# is that of the tensor, which it keeps.
sub packed {
    my ($self) = @_;
    my ($address, $dtype, $count) = $self->_flat;
    return \'' if !$count;
    my $string;    # a new one, that shares its memory with no other
    window($string, $address, $count * width($dtype));
    $owner{ \$string } = $self;
    return \$string;
}

# Where the elements lie row by row, their type, and how many there are.
sub _flat {
    my ($data, $device, $ndim, $dtype, $shape, $strides, $offset) = unpack LAYOUT, $_[0]->describe;
    my $count = 1;
    if ($ndim) {
        my @sizes = unpack 'q*', unpack 'P' . 8 * $ndim, pack 'J', $shape;
        my @strides = $strides ? unpack 'q*', unpack 'P' . 8 * $ndim, pack 'J', $strides : ();
        for my $size (reverse @sizes) {
            $device = 0 if @strides && pop @strides != $count && $size != 1;
            $count *= $size;
        }
    }
    return ($data + $offset, $dtype, $count) if $device == CPU;
    return ($_[0][1] //= $_[0]->_copy)->_flat;
}

sub _copy {
    my ($self) = @_;
    my $copy = Tsrt::FFI::out_buffer();
    my $error = Tsrt::FFI::tsrt_tensor_copy($self->describe, 'cpu', $copy);
    Tsrt::Error->throw($error) if $error;
    return Tsrt::Tensor->adopt(unpack 'J', $copy);
}

package Tsrt::Array;

# A tensor over a packed string of the program, which is not copied: what counts is what the string
# is when a method is called. tsrt can also write there.

use Carp qw(croak);
use Scalar::Util qw(readonly);
our @ISA = ('Tsrt::Tensor');

use constant { STRING => 0, BYTES => 1, POINTER => 2, STRUCT => 3, SHAPE => 4 };

# Tsrt::Array->new(float32 => \$packed, [2, 3]); without a shape it has one dimension.
sub new {
    my ($class, $dtype, $string, $shape) = @_;
    croak 'a reference to an array is wanted as the shape' if ref($shape // []) ne 'ARRAY';
    croak 'a reference to a packed string is wanted'
        if ref $string ne 'SCALAR' || !defined $$string;
    my ($number, $width) = Tsrt::Tensor::dtype_number($dtype);
    $shape = [int(length($$string // '') / $width)] if !$shape;
    my $count = 1;
    for my $size (@$shape) {
        croak "there is a size of $size in the shape" if $size !~ /^[0-9]+$/;
        $count *= $size;
    }
    my $sizes = pack 'q*', @$shape;
    my $struct = pack Tsrt::Tensor::LAYOUT,
        0, Tsrt::Tensor::CPU, scalar @$shape, $number, 0, 0, 0;
    my $self = bless [$string, $count * $width, '', $struct, $sizes], $class;
    substr($self->[STRUCT], 24, 8) = pack 'P', $self->[SHAPE];
    $self->describe;
    return $self;
}

sub DESTROY { }

sub packed { return $_[0][STRING] }

# The program may have changed the string, which moves it.
sub describe {
    my ($self) = @_;
    my $string = $self->[STRING];
    $self->_point
        if pack('p', $$string) ne $self->[POINTER] || (length $$string // -1) != $self->[BYTES];
    return $self->[STRUCT];
}

# Strings that are equal may share their memory, until one of them is written to.
sub describe_for_writing {
    my ($self) = @_;
    my $string = $self->[STRING];
    croak 'a string that is read only cannot take results' if readonly($$string);
    substr $$string, 0, 0, '';
    return $self->describe;
}

sub _point {
    my ($self) = @_;
    my $string = $self->[STRING];
    croak 'a packed string is wanted, and this one is undef' if !defined $$string;
    croak 'a packed string is wanted, and this one has characters above 255'
        if !utf8::downgrade($$string, 1);
    my $bytes = length $$string;
    croak "a string of $bytes bytes does not fit a tensor of $self->[BYTES] bytes"
        if $bytes != $self->[BYTES];
    $self->[POINTER] = pack 'p', $$string;
    substr($self->[STRUCT], 0, 8) = $self->[POINTER];
}

1;
