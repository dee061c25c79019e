/** Whether a name can be an interface's: 1 to 15 characters, no white space, no slash. */
export function isInterfaceName(text: string): boolean {
  return /^[^\s/:]{1,15}$/.test(text) && text !== '.' && text !== '..';
}
