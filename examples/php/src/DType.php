<?php

declare(strict_types=1);

namespace Tsrt;

use FFI\CType;

/** Element types. */
final class DType
{
    private const INT = 0, UINT = 1, FLOAT = 2, BFLOAT = 4, COMPLEX = 5, BOOL = 6;

    /** @var array<int, self> by code and bits */
    private static array $byCode = [];

    /** @var array<int, self> by the kind of C type that PHP sees in an array */
    private static array $byKind = [];

    /** @var array<string, self> */
    private static array $byName = [];

    /** What a pointer to such numbers is in C; null if PHP has no such numbers. */
    public readonly ?CType $pointer;

    /**
     * @param string $format pack()'s letter
     * @param int $parts how many of C's numbers an element has
     */
    private function __construct(
        public readonly string $name,
        public readonly int $code,
        public readonly int $bits,
        public readonly ?string $cType = null,
        public readonly string $format = '',
        public readonly int $parts = 1,
    ) {
        $this->pointer = $cType === null ? null : \FFI::type("$cType*");
    }

    public static function named(string $name): self
    {
        return self::$byName[$name] ?? throw new \ValueError("there is no dtype '$name'");
    }

    public static function ofCode(int $code, int $bits): self
    {
        return self::$byCode[$code << 8 | $bits] ?? new self('other', $code, $bits);
    }

    /** The dtype for a C array's elements. */
    public static function ofElement(CType $element): self
    {
        return self::$byKind[$element->getKind()]
            ?? throw new \TypeError("tensors have no elements of C's type {$element->getName()}");
    }

    public static function define(): void
    {
        $all = [
            new self('float32', self::FLOAT, 32, 'float', 'g'),
            new self('float64', self::FLOAT, 64, 'double', 'e'),
            new self('float16', self::FLOAT, 16),
            new self('bfloat16', self::BFLOAT, 16),
            new self('int8', self::INT, 8, 'int8_t', 'c'),
            new self('int16', self::INT, 16, 'int16_t', 's'),
            new self('int32', self::INT, 32, 'int32_t', 'l'),
            new self('int64', self::INT, 64, 'int64_t', 'q'),
            new self('uint8', self::UINT, 8, 'uint8_t', 'C'),
            new self('bool', self::BOOL, 8, 'bool', 'C'),
            new self('complex64', self::COMPLEX, 64, 'float', 'g', 2),
            new self('complex128', self::COMPLEX, 128, 'double', 'e', 2),
        ];
        foreach ($all as $dtype) {
            self::$byCode[$dtype->code << 8 | $dtype->bits] = self::$byName[$dtype->name] = $dtype;
            if ($dtype->cType !== null && $dtype->parts === 1) {
                self::$byKind[\FFI::type($dtype->cType)->getKind()] = $dtype;
            }
        }
    }
}

DType::define();
