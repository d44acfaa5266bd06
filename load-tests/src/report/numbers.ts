/** 12345.6 -> "12,346"; k6 has no Intl. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** One decimal below ten, none above. */
export function short(value: number): string {
  return value !== 0 && Math.abs(value) < 10 ? value.toFixed(1) : whole(value);
}

export function milliseconds(value: number): string {
  return `${short(value)} ms`;
}

/** For large letters: seconds from one on. */
export function brief(value: number): string {
  return value < 1000 ? milliseconds(value) : `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

/** 0.0123 -> "1.2 %". A little is never shown as nothing, nor nearly all as all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  const rounded = (share * 100).toFixed(1);
  return `${rounded.endsWith(".0") ? rounded.slice(0, -2) : rounded} %`;
}

/** 125 -> "2:05". */
export function clock(seconds: number): string {
  const rounded = Math.round(seconds);
  return `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, "0")}`;
}

/** 300 -> "5 min", 48 -> "48 s", 90 -> "1:30 min". */
export function span(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  return `${Math.round(seconds) % 60 === 0 ? Math.round(seconds / 60) : clock(seconds)} min`;
}
