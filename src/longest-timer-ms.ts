/** The longest delay that a timer can hold, some 25 days; a longer one would fire at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;
