package Tsrt::Model;

# A model. It is freed when it is closed or goes out of scope.

use strict;
use warnings;
use Carp qw(croak);
use Encode ();
use Scalar::Util qw(blessed);
use Tsrt::Error;
use Tsrt::FFI;
use Tsrt::Tensor;
use Tsrt::Values;

use constant CAPACITY => 64;    # of a list of outputs

# Written by C in each call and read at once.
my ($outputs, $count) = (Tsrt::FFI::out_buffer(CAPACITY), Tsrt::FFI::out_buffer());

# Tsrt::Model->new('model.pt', threads => 1, timeout => 0.5); for the options see tsrt_model_load.
sub new {
    my ($class, $path, @options) = @_;
    croak 'an option has no value' if @options % 2;
    my @pairs;
    while (my ($key, $value) = splice @options, 0, 2) { push @pairs, "$key=$value" }
    my $model = Tsrt::FFI::out_buffer();
    _check(Tsrt::FFI::tsrt_model_load(_text($path), _text(join ',', @pairs), $model));
    return bless { handle => unpack 'J', $model }, $class;
}

sub close {
    my ($self) = @_;
    Tsrt::FFI::tsrt_model_free(delete $self->{handle}) if $self->{handle};
}

sub DESTROY { $_[0]->close }

# A thread of its own would free the model again.
sub CLONE_SKIP { return 1 }

# Another model with a state of its own, and the same weights.
sub clone {
    my ($self) = @_;
    my $clone = Tsrt::FFI::out_buffer();
    _check(Tsrt::FFI::tsrt_model_clone($self->_open, $clone));
    return bless { handle => unpack 'J', $clone }, ref $self;
}

# Stops the calls that run on the model now.
sub cancel { _check(Tsrt::FFI::tsrt_model_cancel($_[0]->_open)) }

# All there is to know of the model, as JSON.
sub describe {
    my ($self) = @_;
    my $json = Tsrt::FFI::out_buffer();
    _check(Tsrt::FFI::tsrt_model_describe($self->_open, $json));
    my $text = unpack 'p', $json;
    Tsrt::FFI::tsrt_string_free(unpack 'J', $json);
    return Encode::decode('UTF-8', $text);
}

# Runs forward on tensors. Returns the one output in scalar context, any number of them as a list.
sub forward {
    my $self = shift;
    my $tensors = @_ == 1 && blessed $_[0] ? $_[0]->describe : _structs('describe', @_);
    my $error = Tsrt::FFI::tsrt_model_forward(
        $self->{handle} // $self->_open, $tensors, scalar @_,
        $outputs, wantarray ? CAPACITY : 1, $count
    );
    Tsrt::Error->throw($error) if $error;
    return bless [unpack 'J', $outputs], 'Tsrt::Tensor' if !wantarray;
    return map { Tsrt::Tensor->adopt($_) } unpack 'J' . unpack('J', $count), $outputs;
}

# Runs forward and writes the results into the strings of Tsrt::Arrays.
sub forward_into {
    my ($self, $inputs, $results) = @_;
    my $to   = _structs('describe_for_writing', @$results);
    my $from = _structs('describe', @$inputs);
    _check(
        Tsrt::FFI::tsrt_model_forward_into(
            $self->_open, $from, scalar @$inputs, $to, scalar @$results
        )
    );
}

# Runs any method on undef, booleans, numbers, texts, tensors, and arrays and hashes of them.
sub run {
    my ($self, $method, @args) = @_;
    return $self->run_named($method, \@args);
}

# The same with arguments by name.
sub run_named {
    my ($self, $method, $args, $kwargs) = @_;
    my $name   = _text($method);
    utf8::encode($name);
    my $values = Tsrt::Values->new;
    my $tuple  = $values->make_tuple($args);
    my $dict   = $kwargs && $values->make($kwargs);
    my $result = Tsrt::FFI::out_buffer();
    _check(Tsrt::FFI::tsrt_model_run($self->_open, $name, $tuple, $dict, $result));
    return $values->read(unpack 'J', $result);
}

# The structs of tensors, one after the other.
sub _structs {
    my ($describe, @tensors) = @_;
    croak 'a Tsrt::Array or Tsrt::Tensor is wanted' if grep { !blessed $_ } @tensors;
    return join '', map { $_->$describe } @tensors;
}

sub _open { return $_[0]{handle} // croak 'the model is closed' }

sub _check { Tsrt::Error->throw($_[0]) if $_[0] }

sub _text {
    my ($text) = @_;
    croak 'a text is wanted' if !defined $text;
    croak 'there is a zero byte in ' . ($text =~ s/\0/\\0/gr) if index($text, "\0") >= 0;
    return $text;
}

1;
