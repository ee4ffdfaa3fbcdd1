/** What stands for `peers/next.mjs` where the libraries are not installed: their routes then know none. */
export const libraries = {};
