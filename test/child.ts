/**
 * The command line of a program that the kernel kills when the process that started it ends, however that ends
 * (prctl(2), PR_SET_PDEATHSIG): a test that is cut off leaves no router behind. For `spawn` and its like:
 * `spawn(...endingWithUs('keepalived', words), options)`. setpriv becomes the program, so its id is the child's; the
 * order survives what that executes, but not a change of user, which is therefore to be made by `privileges`.
 * @param privileges further options of setpriv, such as `--reuid=65534`
 */
export function endingWithUs(
  program: string,
  words: readonly string[],
  privileges: readonly string[] = [],
): [program: string, words: string[]] {
  return ['setpriv', ['--pdeathsig=KILL', ...privileges, '--', program, ...words]];
}
