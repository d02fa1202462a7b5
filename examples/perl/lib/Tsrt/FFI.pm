package Tsrt::FFI;

# The functions of tsrt.h that this binding uses. Structs, arrays and out-parameters are packed
# strings, of which C gets the address (the type "string"): nothing is copied on the way.

use strict;
use warnings;
use FFI::Platypus 2.00;
use FFI::Platypus::DL qw(dlopen dlerror RTLD_PLATYPUS_DEFAULT);

use constant ABI_VERSION => 0;

my $library = $ENV{TSRT_LIBRARY} || 'libtsrt.so.0';
dlopen($library, RTLD_PLATYPUS_DEFAULT) or die 'cannot open libtsrt: ' . dlerror() . "\n";
my $ffi = FFI::Platypus->new(api => 2, lib => $library);

my ($model, $value, $tensor, $error) = ('opaque') x 4;    # the handles
my $out = my $buffer = 'string';

$ffi->attach(@$_) for (
    [tsrt_version       => [] => 'string'],
    [tsrt_torch_version => [] => 'string'],
    [tsrt_abi_version   => [] => 'sint32'],
    [tsrt_live_handles  => [] => 'sint64'],
    [tsrt_string_free   => ['opaque'] => 'void'],

    [tsrt_error_code    => [$error] => 'sint32'],
    [tsrt_error_message => [$error] => 'string'],
    [tsrt_error_detail  => [$error] => 'string'],
    [tsrt_error_free    => [$error] => 'void'],

    [tsrt_managed_tensor_free => [$tensor] => 'void'],
    [tsrt_tensor_copy         => [$buffer, 'string', $out] => $error],

    [tsrt_value_new_none   => [$out] => $error],
    [tsrt_value_new_bool   => ['bool', $out] => $error],
    [tsrt_value_new_int    => ['sint64', $out] => $error],
    [tsrt_value_new_float  => ['double', $out] => $error],
    [tsrt_value_new_string => [$buffer, 'size_t', $out] => $error],
    [tsrt_value_new_tensor => [$buffer, $out] => $error],
    [tsrt_value_new_list   => [$buffer, 'size_t', $out] => $error],
    [tsrt_value_new_tuple  => [$buffer, 'size_t', $out] => $error],
    [tsrt_value_new_dict   => [$buffer, $buffer, 'size_t', $out] => $error],

    [tsrt_value_kind       => [$value] => 'sint32'],
    [tsrt_value_type       => [$value, $out] => $error],
    [tsrt_value_get_bool   => [$value, $out] => $error],
    [tsrt_value_get_int    => [$value, $out] => $error],
    [tsrt_value_get_float  => [$value, $out] => $error],
    [tsrt_value_get_string => [$value, $out, $out] => $error],
    [tsrt_value_get_tensor => [$value, $out] => $error],
    [tsrt_value_size       => [$value, $out] => $error],
    [tsrt_value_item       => [$value, 'size_t', $out] => $error],
    [tsrt_value_entry      => [$value, 'size_t', $out, $out] => $error],
    [tsrt_value_free       => [$value] => 'void'],

    [tsrt_model_load     => ['string', 'string', $out] => $error],
    [tsrt_model_clone    => [$model, $out] => $error],
    [tsrt_model_cancel   => [$model] => $error],
    [tsrt_model_forward  => [$model, $buffer, 'size_t', $out, 'size_t', $out] => $error],
    [tsrt_model_forward_into => [$model, $buffer, 'size_t', $buffer, 'size_t'] => $error],
    [tsrt_model_run      => [$model, 'string', $value, $value, $out] => $error],
    [tsrt_model_describe => [$model, $out] => $error],
    [tsrt_model_free     => [$model] => 'void'],
);

my $version = tsrt_abi_version();
die "libtsrt has ABI version $version, and this binding is for ${\ABI_VERSION}\n"
    if $version != ABI_VERSION;

# Memory for $count pointers or numbers of 8 bytes. C writes there behind Perl's back, so each is a
# string of its own, which no other scalar shares.
sub out_buffer {
    my $buffer = '';
    vec($buffer, 8 * ($_[0] // 1) - 1, 8) = 0;
    return $buffer;
}

# The $size bytes at an address, copied.
sub bytes_at {
    my ($address, $size) = @_;
    return $size ? unpack("P$size", pack 'J', $address) : '';
}

1;
