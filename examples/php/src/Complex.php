<?php

declare(strict_types=1);

namespace Tsrt;

final class Complex
{
    public function __construct(public readonly float $re, public readonly float $im)
    {
    }
}
