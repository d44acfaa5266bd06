/** The token that every call of the race carries: as long as a service's own. */
export const raceToken = `race.${"0".repeat(240)}.${"0".repeat(86)}`;
