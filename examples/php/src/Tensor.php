<?php

declare(strict_types=1);

namespace Tsrt;

use FFI\CData;
use FFI\CType;

/**
 * Numbers in memory, with a shape: in memory of the program's own, or, from a model, of tsrt's.
 *
 * $tensor[$i] is the number at index $i in row-major order, from 0; toArray() is a list of all.
 */
final class Tensor implements \ArrayAccess, \Countable
{
    private const CPU = 1;
    private const QUANTIZED = PHP_INT_MIN;

    private const MANAGED = 'tsrt_managed_tensor *';

    /**
     * @param ?CData $view C's description, a tsrt_tensor; null once freed
     * @param ?CData $data a pointer to the numbers
     * @param list<int> $shape
     * @param int $count how many numbers there are
     * @param ?CData $managed tsrt's tensor, to be freed; null if the memory is the program's own
     * @param list<CData> $kept what `view` points to, else
     */
    private function __construct(
        private ?CData $view,
        private ?CData $data,
        public readonly array $shape,
        private readonly DType $type,
        private readonly int $count,
        private ?CData $managed,
        private array $kept = [],
    ) {
    }

    /**
     * A tensor over a C array, which is kept and not copied, and which a model can also write to.
     *
     * @param CData $array such as FFI::new('float[2][3]'); not a pointer, nor a part of another
     * @param ?list<int> $shape the array's own by default
     */
    public static function of(CData $array, ?array $shape = null): self
    {
        $sizes = [];
        for ($type = \FFI::typeof($array); $type->getKind() === CType::TYPE_ARRAY;) {
            $sizes[] = $type->getArrayLength();
            $type = $type->getArrayElementType();
        }
        if ($sizes === []) {
            throw new \TypeError("{$type->getName()} is no array, such as FFI::new('float[6]')");
        }
        return self::over($array, DType::ofElement($type), $shape ?? $sizes);
    }

    /**
     * A tensor with a copy of these numbers.
     *
     * @param list<int|float|bool> $numbers in row-major order
     * @param ?list<int> $shape one dimension by default
     */
    public static function fromArray(
        array $numbers,
        ?array $shape = null,
        string $dtype = 'float32'
    ): self {
        $type = DType::named($dtype);
        if ($type->cType === null || $type->parts > 1) {
            throw new \ValueError("PHP has no numbers of type $dtype");
        }
        // PHP has no empty C arrays.
        $array = \FFI::new("{$type->cType}[" . max(count($numbers), 1) . ']');
        $bytes = pack("$type->format*", ...$numbers);
        \FFI::memcpy($array, $bytes, strlen($bytes));
        return self::over($array, $type, $shape ?? [count($numbers)]);
    }

    private static function over(CData $array, DType $type, array $shape): self
    {
        foreach ($shape as $size) {
            if (!is_int($size) || $size < 0) {
                throw new \ValueError('a shape is a list of integers that are not negative');
            }
        }
        $count = (int) array_product($shape);
        if (array_product($shape) * $type->bits / 8 > \FFI::sizeof($array)) {
            $sizes = implode(', ', $shape);
            throw new \ValueError("the array is too small for a shape of [$sizes] $type->name");
        }
        $sizes = Library::$c->new('int64_t[' . max(count($shape), 1) . ']');
        foreach (array_values($shape) as $i => $size) {
            $sizes[$i] = $size;
        }
        $view = Library::$c->new('tsrt_tensor');
        $view->data = \FFI::addr($array);
        $view->device->type = self::CPU;
        $view->ndim = count($shape);
        $view->dtype->code = $type->code;
        $view->dtype->bits = $type->bits;
        $view->dtype->lanes = 1;
        $view->shape = \FFI::addr($sizes[0]);
        $data = \FFI::cast($type->pointer, \FFI::addr($array));
        return new self($view, $data, array_values($shape), $type, $count, null, [$array, $sizes]);
    }

    /**
     * Takes a tsrt_managed_tensor over, as numbers on the host in row-major order.
     *
     * @internal
     */
    public static function adopt(CData $managed): self
    {
        if ($managed->flags < 0) { // the sign is TSRT_QUANTIZED
            return self::instead($managed, 'tsrt_managed_tensor_dequantize', $managed);
        }
        $view = $managed->tensor;
        $shape = [];
        $count = 1;
        for ($i = 0, $ndim = $view->ndim, $sizes = $view->shape; $i < $ndim; ++$i) {
            $count *= $shape[] = $sizes[$i];
        }
        if ($view->device->type !== self::CPU || $ndim > 1 && !self::isRowMajor($shape, $view)) {
            return self::instead($managed, 'tsrt_tensor_copy', \FFI::addr($view), 'cpu');
        }
        $dtype = $view->dtype;
        $type = DType::ofCode($dtype->code, $dtype->bits);
        $data = $view->data;
        if ($view->byte_offset > 0) {
            $data = \FFI::cast('char *', $data) + $view->byte_offset;
        }
        if ($data !== null && $type->pointer !== null) {
            $data = \FFI::cast($type->pointer, $data);
        }
        return new self($view, $data, $shape, $type, $count, $managed);
    }

    private static function isRowMajor(array $shape, CData $view): bool
    {
        $strides = $view->strides;
        if ($strides === null || in_array(0, $shape, true)) {
            return true;
        }
        $stride = 1;
        for ($i = count($shape) - 1; $i >= 0; --$i) {
            if ($shape[$i] !== 1 && $strides[$i] !== $stride) {
                return false;
            }
            $stride *= $shape[$i];
        }
        return true;
    }

    /** A tensor of what a function of tsrt's makes of this one, which is freed. */
    private static function instead(CData $managed, string $function, mixed ...$arguments): self
    {
        try {
            $made = Library::out(
                self::MANAGED,
                fn (CData $out) => Library::$c->$function(...[...$arguments, $out]),
            );
        } finally {
            Library::$c->tsrt_managed_tensor_free($managed);
        }
        return self::adopt($made);
    }

    /** Gives the memory back now. It is also given back with the last reference to the tensor. */
    public function free(): void
    {
        $managed = $this->managed;
        $this->view = $this->data = $this->managed = null;
        $this->kept = [];
        if ($managed !== null) {
            Library::$c->tsrt_managed_tensor_free($managed);
        }
    }

    public function __destruct()
    {
        $this->free();
    }

    /** There is one owner. */
    private function __clone()
    {
    }

    /** Such as "float32". */
    public function dtype(): string
    {
        return $this->type->name;
    }

    public function count(): int
    {
        return $this->count;
    }

    public function offsetExists(mixed $offset): bool
    {
        return is_int($offset) && $offset >= 0 && $offset < $this->count;
    }

    public function offsetGet(mixed $offset): mixed
    {
        $data = $this->view === null ? $this->view() : $this->data;
        if (!is_int($offset) || $offset < 0 || $offset >= $this->count) {
            $index = var_export($offset, true);
            throw new \OutOfBoundsException("index $index in a tensor of $this->count numbers");
        }
        if ($this->type->parts > 1) {
            return new Complex($data[2 * $offset], $data[2 * $offset + 1]);
        }
        return $this->type->pointer === null ? $this->noNumbers() : $data[$offset];
    }

    public function offsetSet(mixed $offset, mixed $value): void
    {
        throw new \LogicException('write to the C array that the tensor was made of');
    }

    public function offsetUnset(mixed $offset): void
    {
        $this->offsetSet($offset, null);
    }

    /** @return list<int|float|bool|Complex> in row-major order */
    public function toArray(): array
    {
        if ($this->type->pointer === null) {
            $this->noNumbers();
        }
        $numbers = array_values(unpack("{$this->type->format}*", $this->bytes()));
        if ($this->type->parts > 1) {
            return array_map(fn (array $pair) => new Complex(...$pair), array_chunk($numbers, 2));
        }
        return $this->type->name === 'bool' ? array_map('boolval', $numbers) : $numbers;
    }

    /** A copy of the memory. */
    public function bytes(): string
    {
        $this->view();
        $size = intdiv($this->count * $this->type->bits, 8);
        return $size === 0 ? '' : \FFI::string(\FFI::cast('char *', $this->data), $size);
    }

    /**
     * A tsrt_tensor, borrowed from this object.
     *
     * @internal
     */
    public function view(): CData
    {
        return $this->view ?? throw new \LogicException('the tensor has been freed');
    }

    private function noNumbers(): never
    {
        throw new \LogicException("PHP has no numbers of type {$this->type->name}: see bytes()");
    }
}
