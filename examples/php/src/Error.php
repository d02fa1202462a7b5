<?php

declare(strict_types=1);

namespace Tsrt;

/**
 * What tsrt refuses, or a model raises. getCode() is tsrt.h's number: 1 invalid argument, 2 not
 * found, 6 raised in the model, ... What PHP's own functions would refuse is a ValueError or
 * TypeError.
 */
final class Error extends \RuntimeException
{
    /** @param string $detail the longer story, such as the model's traceback, or "" */
    public function __construct(string $message, int $code, public readonly string $detail)
    {
        parent::__construct($message, $code);
    }
}
