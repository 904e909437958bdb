/** Nodes: room held, committed and given back; observed from the panel. */
import { Module } from '@nestjs/common';
import { NodeObserver } from './node-observer.js';
import { nodeHandlers } from './node.handlers.js';

@Module({ providers: [...nodeHandlers, NodeObserver], exports: [NodeObserver] })
export class NodesModule {}
