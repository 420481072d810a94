/**
 * Why it is that level, without what it can do: for places where the list of that stands right below. The server says
 * "critical by what it allows: it can …, it can …".
 */
export const reasonAlone = (reason: string): string => reason.split(': it ', 1)[0] ?? reason
