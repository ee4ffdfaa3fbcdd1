/** Nothing to do. Without this file, and `middleware.ts`, Turbopack would take those of the repository's root. */
export function register(): void {}
