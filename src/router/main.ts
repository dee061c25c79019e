import { routerCommand } from './command.ts';

process.exitCode = await routerCommand(process.argv.slice(2));
