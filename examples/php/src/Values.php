<?php

declare(strict_types=1);

namespace Tsrt;

use FFI\CData;

/**
 * The values of tsrt's for one call, which live as long as this object.
 *
 * @internal
 */
final class Values
{
    public const VALUE = 'tsrt_value *';
    private const VALUES = 'const tsrt_value *';

    /** PHP has no limit to recursion, and an array may hold itself. */
    private const DEEPEST = 1000;

    /** @var list<CData> */
    private array $made = [];

    private int $depth = 0;

    public function __destruct()
    {
        foreach ($this->made as $value) {
            Library::$c->tsrt_value_free($value);
        }
    }

    /** The value that stands for something of PHP's. */
    public function make(mixed $x): CData
    {
        if ($x instanceof Value) {
            return $x->handle();
        }
        if (++$this->depth > self::DEEPEST) {
            throw new \ValueError('arrays are nested more than ' . self::DEEPEST . ' deep');
        }
        $value = Library::out(self::VALUE, fn (CData $out) => $this->create($x, $out));
        --$this->depth;
        return $this->made[] = $value;
    }

    private function create(mixed $x, CData $out): ?CData
    {
        $c = Library::$c;
        return match (true) {
            $x === null => $c->tsrt_value_new_none($out),
            is_bool($x) => $c->tsrt_value_new_bool($x, $out),
            is_int($x) => $c->tsrt_value_new_int($x, $out),
            is_float($x) => $c->tsrt_value_new_float($x, $out),
            is_string($x) => $c->tsrt_value_new_string($x, strlen($x), $out),
            $x instanceof Complex => $c->tsrt_value_new_complex($x->re, $x->im, $out),
            $x instanceof Tensor => $c->tsrt_value_new_tensor(\FFI::addr($x->view()), $out),
            $x instanceof Tuple =>
                $c->tsrt_value_new_tuple($this->all($x->getArrayCopy()), count($x), $out),
            $x instanceof Dict => $this->dict($x->keys, $x->values, $out),
            !is_array($x) => throw new \TypeError('a method takes no ' . get_debug_type($x)),
            array_is_list($x) => $c->tsrt_value_new_list($this->all($x), count($x), $out),
            default => $this->dict(array_keys($x), array_values($x), $out),
        };
    }

    private function dict(array $keys, array $values, CData $out): ?CData
    {
        [$keyValues, $valueValues] = [$this->all($keys), $this->all($values)];
        return Library::$c->tsrt_value_new_dict($keyValues, $valueValues, count($keys), $out);
    }

    /** A C array of the values; null for none, since PHP has no empty C arrays. */
    private function all(array $items): ?CData
    {
        if ($items === []) {
            return null;
        }
        $values = Library::$c->new(self::VALUES . '[' . count($items) . ']');
        foreach (array_values($items) as $i => $item) {
            $values[$i] = $this->make($item);
        }
        return $values;
    }

    /** What a value stands for. The value is freed, or in what is returned. */
    public static function take(CData $value): mixed
    {
        $kind = Library::$c->tsrt_value_kind($value);
        if ($kind >= count(self::READERS)) {
            return new Value($value);
        }
        try {
            return self::{self::READERS[$kind]}($value);
        } finally {
            Library::$c->tsrt_value_free($value);
        }
    }

    /** By kind. */
    private const READERS = [
        'none', 'bool', 'int', 'float', 'complex', 'string', 'tensor', 'list', 'tuple',
        'dictionary', 'string', // the last is a device
    ];

    private static function get(string $what, string $type, CData $value): mixed
    {
        $function = "tsrt_value_$what";
        return Library::out($type, fn (CData $out) => Library::$c->$function($value, $out));
    }

    private static function none(): mixed
    {
        return null;
    }

    private static function bool(CData $value): bool
    {
        return self::get('get_bool', 'bool', $value);
    }

    private static function int(CData $value): int
    {
        return self::get('get_int', 'int64_t', $value);
    }

    private static function float(CData $value): float
    {
        return self::get('get_float', 'double', $value);
    }

    private static function complex(CData $value): Complex
    {
        $parts = \FFI::new('double[2]');
        [$re, $im] = [\FFI::addr($parts[0]), \FFI::addr($parts[1])];
        Library::check(Library::$c->tsrt_value_get_complex($value, $re, $im));
        return new Complex($parts[0], $parts[1]);
    }

    private static function string(CData $value): string
    {
        $text = Library::place('char *');
        $size = Library::out(
            'size_t',
            fn (CData $out) => Library::$c->tsrt_value_get_string($value, $text, $out),
        );
        return \FFI::string($text[0], $size);
    }

    private static function tensor(CData $value): Tensor
    {
        return Tensor::adopt(self::get('get_tensor', 'tsrt_managed_tensor *', $value));
    }

    private static function list(CData $value): array
    {
        $items = [];
        for ($i = 0, $size = self::get('size', 'size_t', $value); $i < $size; ++$i) {
            $item = Library::out(
                self::VALUE,
                fn (CData $out) => Library::$c->tsrt_value_item($value, $i, $out),
            );
            $items[] = self::take($item);
        }
        return $items;
    }

    private static function tuple(CData $value): Tuple
    {
        $items = self::list($value);
        $names = [];
        foreach (array_keys($items) as $i) {
            $names[] = Library::out(
                'const char *',
                fn (CData $out) => Library::$c->tsrt_value_field($value, $i, $out),
            );
        }
        return new Tuple($items, in_array(null, $names, true) ? null : $names);
    }

    private static function dictionary(CData $value): Dict
    {
        $keys = $values = [];
        for ($i = 0, $size = self::get('size', 'size_t', $value); $i < $size; ++$i) {
            $item = Library::place(self::VALUE);
            $key = Library::out(
                self::VALUE,
                fn (CData $out) => Library::$c->tsrt_value_entry($value, $i, $out, $item),
            );
            $keys[] = self::take($key);
            $values[] = self::take($item[0]);
        }
        return new Dict($keys, $values);
    }
}
