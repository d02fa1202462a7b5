package Tsrt;

# Runs serialized PyTorch models:
#
#     my $model = Tsrt::Model->new('model.pt');
#     my $x = Tsrt::Array->new(float32 => \pack('f*', 1 .. 6), [2, 3]);
#     my $y = $model->forward($x);
#     print join(' ', $y->values), "\n";

use strict;
use warnings;
use Carp ();
use Tsrt::FFI;
use Tsrt::Model;
use Tsrt::Tensor;

# Errors of use are reported where the program made them.
$Carp::Internal{$_} = 1 for qw(Tsrt::Model Tsrt::Tensor Tsrt::Array Tsrt::Values);

sub version { return Tsrt::FFI::tsrt_version() }

sub torch_version { return Tsrt::FFI::tsrt_torch_version() }

# How many objects of tsrt have not been freed yet, for leak tests.
sub live_handles { return Tsrt::FFI::tsrt_live_handles() }

1;
