#!/usr/bin/env node
import { drained, processIo } from './io.ts';
import { main } from './main.ts';

const status = await main(process.argv.slice(2), processIo());
await drained();
process.exit(status);
