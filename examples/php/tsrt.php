<?php

declare(strict_types=1);

/**
 * tsrt for PHP: PyTorch models, through PHP's FFI. In a package, Composer would load the classes.
 */

namespace Tsrt;

spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, __NAMESPACE__ . '\\')) {
        require __DIR__ . '/src/' . substr($class, strlen(__NAMESPACE__) + 1) . '.php';
    }
});

function version(): string
{
    return Library::$c->tsrt_version();
}

/** How many objects of tsrt's are not freed yet, for tests. */
function live_handles(): int
{
    return Library::$c->tsrt_live_handles();
}
