/** Nothing to do. Without this file Turbopack would take that of the repository's root. */
export function register(): void {}
