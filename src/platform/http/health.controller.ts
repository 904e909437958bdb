/** Whether the process lives, and whether it can do its work. */
import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import { Public } from './auth.decorators.js';

/** One thing that must work; `detail` is shown. */
export interface ReadyCheck {
  readonly name: string;
  check(): Promise<{ readonly up: boolean; readonly detail?: string }>;
}
export const READY_CHECKS = Symbol('ReadyChecks');

class Alive {
  @ApiProperty({ example: 'ok' }) readonly status!: string;
  @ApiProperty({ format: 'date-time' }) readonly timestamp!: string;
  @ApiProperty() readonly service!: string;
}

class Readiness {
  @ApiProperty({ enum: ['ok'] }) readonly status!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: '`{status, detail}` of each part, by its name.' })
  readonly details!: object;
}

const alive = (): Alive => ({ status: 'ok', timestamp: new Date().toISOString(), service: 'order-ledger' });

@ApiTags('health')
@Public()
@SkipThrottle()
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(READY_CHECKS) private readonly checks: readonly ReadyCheck[],
  ) {}

  @Get(['health/live', 'api/health'])
  @ApiOperation({ summary: 'The process answers' })
  @ApiOkResponse({ type: Alive })
  live(): Alive {
    return alive();
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'Store, database and read models are ready' })
  @ApiOkResponse({ type: Readiness, description: 'All are.' })
  @ApiResponse({ status: 503, description: 'Which one is not, and why.' })
  async ready(): Promise<HealthCheckResult> {
    return this.health.check(this.checks.map((check) => () => this.judged(check))).catch((error: unknown) => {
      throw error instanceof ServiceUnavailableException
        ? new ServiceUnavailableException({ code: 'NOT_READY', detail: JSON.stringify((error.getResponse() as { error?: unknown }).error) })
        : error;
    });
  }

  private async judged(ready: ReadyCheck) {
    const session = this.indicators.check(ready.name);
    // A check that cannot even be made is a "down" like any other: a probe gets its 503, never a 500.
    const { up, detail } = await ready
      .check()
      .catch((error: unknown) => ({ up: false, detail: error instanceof Error ? error.name : 'unreachable' }));
    if (up) return detail === undefined ? session.up() : session.up({ detail });
    return detail === undefined ? session.down() : session.down({ detail });
  }
}
