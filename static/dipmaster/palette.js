// The tokens as charts need them: read anew for each theme.
/** Return the value of a design token. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Write a time of day in UTC, with seconds when asked for. */
export function clock(seconds, withSeconds = false) {
  return new Date(seconds * 1000).toISOString().slice(11, withSeconds ? 19 : 16);
}

/** Write a price with fixed decimals. */
export function price(value, places) {
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}
