<?php

declare(strict_types=1);

namespace Tsrt;

/**
 * A dict with its keys as they are: an array would make an int of the key "1", and has no keys that
 * are floats, bools or tensors. Where a method wants a dict, an array with other keys than 0, 1, 2,
 * ... will do.
 *
 *     foreach ($dict as $key => $value) { ... }
 */
final class Dict implements \IteratorAggregate, \Countable
{
    /**
     * @param list<mixed> $keys
     * @param list<mixed> $values
     */
    public function __construct(public readonly array $keys, public readonly array $values)
    {
        if (count($keys) !== count($values)) {
            throw new \ValueError(count($keys) . ' keys do not fit ' . count($values) . ' values');
        }
    }

    /** The value of a key; null if there is none. */
    public function get(mixed $key): mixed
    {
        $index = array_search($key, $this->keys, true);
        return $index === false ? null : $this->values[$index];
    }

    public function getIterator(): \Generator
    {
        foreach ($this->keys as $i => $key) {
            yield $key => $this->values[$i];
        }
    }

    public function count(): int
    {
        return count($this->keys);
    }
}
