<?php

declare(strict_types=1);

namespace Tsrt;

use FFI\CData;

/** A value that PHP has nothing for, such as an object of a class in the model: to pass on. */
final class Value
{
    /** @internal */
    public function __construct(private CData $handle)
    {
    }

    public function __destruct()
    {
        Library::$c->tsrt_value_free($this->handle);
    }

    /** There is one owner. */
    private function __clone()
    {
    }

    /** Such as "__torch__.Decoder". */
    public function type(): string
    {
        return Library::out(
            'const char *',
            fn (CData $out) => Library::$c->tsrt_value_type($this->handle, $out),
        );
    }

    /** @internal */
    public function handle(): CData
    {
        return $this->handle;
    }
}
