package Tsrt::Values;

# The tsrt_values of one call, which are freed together.

use strict;
use warnings;
no warnings 'recursion';
use B ();
use Carp qw(croak);
use Encode ();
use Scalar::Util qw(blessed reftype);
use Tsrt::Dict;
use Tsrt::Error;
use Tsrt::FFI;
use Tsrt::Tensor;

use constant DEPTH   => 200;               # of arrays in arrays: an array may contain itself
use constant MAX_INT => (1 << 63) - 1;

sub new { return bless { made => [], kept => [], depth => 0 }, $_[0] }

sub DESTROY {
    my ($self) = @_;
    Tsrt::FFI::tsrt_value_free($_) for @{ $self->{made} };
}

# The handle of a new value. undef is None; booleans are Perl's (since 5.36), those of JSON::PP, and
# \0 and \1; a Tsrt::Array or Tsrt::Tensor is a tensor; arrays are lists, and hashes dicts, with
# their keys sorted unless the hash is tied.
sub make {
    my ($self, $x) = @_;
    return $self->_new('none') if !defined $x;
    return $self->_make_scalar($x) if !ref $x;
    local $self->{depth} = $self->{depth} + 1;
    croak 'arrays and hashes are nested too deeply' if $self->{depth} > DEPTH;
    if (blessed $x) {
        return $self->_make_tensor($x) if $x->isa('Tsrt::Tensor');
        return $self->make_tuple($x) if $x->isa('Tsrt::Tuple');
        return $self->_lend($x) if $x->isa('Tsrt::Value');
    }
    my $type = reftype $x;
    return $self->_new('list', $self->_make_all(@$x), scalar @$x) if $type eq 'ARRAY';
    return $self->_make_dict($x) if $type eq 'HASH';
    return $self->_new('bool', $$x ? 1 : 0) if $type eq 'SCALAR' && ($$x // '') =~ /^[01]$/;
    croak "a model cannot be given $x";
}

sub make_tuple {
    my ($self, $items) = @_;
    return $self->_new('tuple', $self->_make_all(@$items), scalar @$items);
}

# A text stays one when it looks like a number. Whole numbers are ints, also 6/2, which is a float
# to Perl: tsrt makes floats of them where the model wants floats.
sub _make_scalar {
    my ($self, $x) = @_;
    return $self->_new('bool', $x ? 1 : 0) if _is_bool($x);
    my $flags = B::svref_2object(\$x)->FLAGS;
    if ($flags & B::SVf_POK) {
        utf8::encode($x);
        return $self->_new('string', $x, length $x);
    }
    croak "a model cannot be given $x" if !($flags & (B::SVf_IOK | B::SVf_NOK));
    croak "$x is too large for an int" if $flags & B::SVf_IOK && $x > MAX_INT;
    my $whole = $flags & B::SVf_IOK || $x == int $x && abs $x < 2**53;
    return $self->_new($whole ? 'int' : 'float', $x);
}

# Since Perl 5.36.
sub _is_bool {
    no warnings 'experimental';
    return defined &builtin::is_bool && builtin::is_bool($_[0]);
}

sub _make_tensor {
    my ($self, $tensor) = @_;
    push @{ $self->{kept} }, $tensor;
    return $self->_new('tensor', $tensor->describe);
}

sub _make_dict {
    my ($self, $hash) = @_;
    my @keys = tied %$hash ? keys %$hash : sort keys %$hash;
    my @items = map { $hash->{$_} } @keys;
    return $self->_new('dict', $self->_make_all(@keys), $self->_make_all(@items), scalar @keys);
}

sub _make_all {
    my $self = shift;
    return pack 'J*', map { $self->make($_) } @_;
}

sub _lend {
    my ($self, $value) = @_;
    push @{ $self->{kept} }, $value;
    return $value->{handle};
}

sub _new {
    my ($self, $kind, @arguments) = @_;
    my $value = Tsrt::FFI::out_buffer();
    my $error = Tsrt::FFI->can("tsrt_value_new_$kind")->(@arguments, $value);
    Tsrt::Error->throw($error) if $error;
    return $self->_keep(unpack 'J', $value);
}

sub _keep {
    my ($self, $value) = @_;
    push @{ $self->{made} }, $value;
    return $value;
}

my @readers = (
    sub { return undef },                                     # None
    sub { return !!unpack 'C', _get('bool', $_[1]) },
    sub { return unpack 'q', _get('int', $_[1]) },
    sub { return unpack 'd', _get('float', $_[1]) },
    undef,                                                    # complex
    \&_read_text,
    sub { return Tsrt::Tensor->adopt(unpack 'J', _get('tensor', $_[1])) },
    sub { return [$_[0]->_read_items($_[1])] },
    sub { return bless [$_[0]->_read_items($_[1])], 'Tsrt::Tuple' },
    \&_read_dict,
    \&_read_text,                                             # device
);

# What a value, which is freed, stands for; a Tsrt::Value for what Perl has nothing for.
sub read {
    my ($self, $value) = @_;
    my $reader = $readers[Tsrt::FFI::tsrt_value_kind($value)];
    return Tsrt::Value->adopt($value) if !$reader;
    return $self->$reader($self->_keep($value));
}

sub _get {
    my ($kind, $value) = @_;
    my $result = Tsrt::FFI::out_buffer();
    my $error = Tsrt::FFI->can("tsrt_value_get_$kind")->($value, $result);
    Tsrt::Error->throw($error) if $error;
    return $result;
}

sub _read_text {
    my ($self, $value) = @_;
    my ($text, $size) = (Tsrt::FFI::out_buffer(), Tsrt::FFI::out_buffer());
    my $error = Tsrt::FFI::tsrt_value_get_string($value, $text, $size);
    Tsrt::Error->throw($error) if $error;
    my $bytes = Tsrt::FFI::bytes_at(unpack('J', $text), unpack 'J', $size);
    return Encode::decode('UTF-8', $bytes);
}

sub _size {
    my ($value) = @_;
    my $size = Tsrt::FFI::out_buffer();
    my $error = Tsrt::FFI::tsrt_value_size($value, $size);
    Tsrt::Error->throw($error) if $error;
    return unpack 'J', $size;
}

sub _read_items {
    my ($self, $value) = @_;
    my ($item, @items) = Tsrt::FFI::out_buffer();
    for my $i (0 .. _size($value) - 1) {
        my $error = Tsrt::FFI::tsrt_value_item($value, $i, $item);
        Tsrt::Error->throw($error) if $error;
        push @items, $self->read(unpack 'J', $item);
    }
    return @items;
}

sub _read_dict {
    my ($self, $value) = @_;
    my ($key, $item) = (Tsrt::FFI::out_buffer(), Tsrt::FFI::out_buffer());
    tie my %dict, 'Tsrt::Dict';
    for my $i (0 .. _size($value) - 1) {
        my $error = Tsrt::FFI::tsrt_value_entry($value, $i, $key, $item);
        Tsrt::Error->throw($error) if $error;
        my ($name, $entry) = map { $self->read(unpack 'J', $_) } $key, $item;
        $dict{$name} = $entry;
    }
    return \%dict;
}

package Tsrt::Value;

# A value that can be passed back, such as an object of a TorchScript class.

sub adopt {
    my ($class, $handle) = @_;
    return bless { handle => $handle }, $class;
}

sub DESTROY { Tsrt::FFI::tsrt_value_free($_[0]{handle}) }

sub CLONE_SKIP { return 1 }

# The type's name in TorchScript, such as '__torch__.Decoder'.
sub type {
    my ($self) = @_;
    my $name = Tsrt::FFI::out_buffer();
    my $error = Tsrt::FFI::tsrt_value_type($self->{handle}, $name);
    Tsrt::Error->throw($error) if $error;
    return Encode::decode('UTF-8', unpack 'p', $name);
}

1;
