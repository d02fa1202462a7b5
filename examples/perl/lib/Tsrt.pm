package Tsrt;

# Runs serialized PyTorch models:
#
#     my $model = Tsrt::Model->new('model.pt');
#     my $x = Tsrt::Array->new(float32 => \pack('f*', 1 .. 6), [2, 3]);
#     my $y = $model->forward($x);
#     print join(' ', $y->values), "\n";

use strict;
use warnings;
use Tsrt::FFI;
use Tsrt::Model;
use Tsrt::Tensor;

sub version { return Tsrt::FFI::tsrt_version() }

sub torch_version { return Tsrt::FFI::tsrt_torch_version() }

# How many objects of tsrt have not been freed yet, for leak tests.
sub live_handles { return Tsrt::FFI::tsrt_live_handles() }

1;
