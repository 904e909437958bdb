/** `/metrics` for Prometheus. */
import { Controller, Get, Header, Headers } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { Settings } from '../config/settings.js';
import { Public } from './auth.decorators.js';
import { checkMetricsAccess } from './metrics-access.js';

/** Answers in the text format of Prometheus. */
export abstract class MetricsText {
  abstract text(): Promise<string>;
}

@ApiTags('health')
@Public()
@SkipThrottle()
@Controller()
export class MetricsController {
  constructor(
    private readonly settings: Settings,
    private readonly metrics: MetricsText,
  ) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Figures for Prometheus: lag, rate, batches, parked events, rebuilds, process' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ type: String, description: 'Text format 0.0.4.' })
  @ApiResponse({ status: 401, description: 'METRICS_TOKEN_INVALID: METRICS_TOKEN is set; send it as a bearer token' })
  @ApiResponse({ status: 403, description: 'METRICS_CLOSED: in production METRICS_TOKEN must be set' })
  async read(@Headers('authorization') authorization = ''): Promise<string> {
    checkMetricsAccess(this.settings, authorization);
    return this.metrics.text();
  }
}
