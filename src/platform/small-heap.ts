/**
 * To be imported before anything else, since loading the other modules is what makes the heap grow first. On a machine with much memory V8 lets
 * garbage grow to several times what is in use; this halves a busy projector. Each of the collections it asks for holds everything up for some
 * 40 ms, so not where somebody waits for an answer.
 */
import { setFlagsFromString } from 'node:v8';

const isAsked = (process.env['ROLES'] ?? 'http').includes('http');
if (!isAsked) setFlagsFromString('--heap-growing-percent=40');
