/** Nodes: room held, committed and given back; observed from the panel. */
import { Module } from '@nestjs/common';
import { NodeObserver } from './node-observer.js';
import { nodeHandlers } from './node.handlers.js';
import { moveHandlers } from './move-room.handlers.js';

@Module({ providers: [...nodeHandlers, ...moveHandlers, NodeObserver], exports: [NodeObserver] })
export class NodesModule {}
