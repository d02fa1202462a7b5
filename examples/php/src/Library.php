<?php

declare(strict_types=1);

namespace Tsrt;

/** The C functions of libtsrt. */
final class Library
{
    private const ABI_VERSION = 0;

    public static \FFI $c;

    /** @var array<string, \FFI\CType> */
    private static array $places = [];

    public static function open(): void
    {
        $declarations = file_get_contents(__DIR__ . '/cdef.h');
        self::$c = \FFI::cdef($declarations, getenv('TSRT_LIBRARY') ?: 'libtsrt.so.0');
        if (self::$c->tsrt_abi_version() !== self::ABI_VERSION) {
            throw new \LogicException('this binding was written for another version of libtsrt');
        }
    }

    /** Throws what a function of tsrt returned, unless that is NULL. */
    public static function check(?\FFI\CData $error): void
    {
        if ($error === null) {
            return;
        }
        $message = self::$c->tsrt_error_message($error);
        $code = self::$c->tsrt_error_code($error);
        $detail = self::$c->tsrt_error_detail($error);
        self::$c->tsrt_error_free($error);
        throw new Error($message, $code, $detail);
    }

    /** A variable of this C type, for a function to put something in. */
    public static function place(string $type): \FFI\CData
    {
        // PHP's FFI leaks when each place has a type of its own and what is in it lives longer.
        return self::$c->new(self::$places[$type] ??= self::$c->type("{$type}[1]"));
    }

    /** What a function puts into its out-parameter of this C type. */
    public static function out(string $type, callable $function): mixed
    {
        $place = self::place($type);
        self::check($function($place));
        return $place[0];
    }

    /** For a parameter that C reads up to the first zero byte. */
    public static function text(string $text, string $what): string
    {
        if (str_contains($text, "\0")) {
            throw new \ValueError("$what must not contain any null bytes");
        }
        return $text;
    }
}

Library::open();
