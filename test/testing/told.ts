/** A script that says of the values of some expressions the type and the text of each. */
export const told = (expressions: string): string => `
  local reply = {}
  local values, count = (function(...) return {...}, select('#', ...) end)(${expressions})
  for i = 1, count do reply[i] = type(values[i]) .. ' ' .. tostring(values[i]) end
  return reply`;
