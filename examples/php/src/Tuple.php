<?php

declare(strict_types=1);

namespace Tsrt;

/** A tuple, where it must not be a list. A method that wants a tuple takes an array, too. */
final class Tuple extends \ArrayObject
{
    /**
     * @param list<mixed> $items
     * @param ?list<string> $names of the items of a named tuple
     */
    public function __construct(array $items, public readonly ?array $names = null)
    {
        parent::__construct($items);
    }

    /** @return array<string, mixed> the items of a named tuple by their names */
    public function named(): array
    {
        return array_combine($this->names ?? [], $this->getArrayCopy());
    }
}
