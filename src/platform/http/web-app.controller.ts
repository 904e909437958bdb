/** Every address that no other route answers belongs to the web application, except below what is the machine's. */
import { Controller, Get, NotFoundException, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from './auth.decorators.js';
import { WebApp } from './web-app.js';

/** What is missing below these is missing, and no page hides it. */
const MACHINES = /^\/(api|health|docs|docs-json|docs-yaml|webhooks|metrics|assets)(\/|$)/;

@Public()
@SkipThrottle()
@ApiExcludeController()
@Controller()
export class WebAppController {
  constructor(private readonly web: WebApp) {}

  @Get('*')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const path = request.url.split('?')[0] ?? '/';
    if (!MACHINES.test(path) && this.web.send(reply, path)) return;
    throw new NotFoundException(`Cannot GET ${request.url}`);
  }
}
