/** `uid_t` without its last value, which means "no user". */
export const MAX_UID = 0xfffffffe;
