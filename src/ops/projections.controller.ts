/** Read models over HTTP: how they are, rebuilding them, and taking that back. */
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { Roles } from '../platform/http/auth.decorators.js';
import { Caller, type Asker } from '../platform/http/caller.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import type { Difference } from '../platform/readers/rebuild/compare.js';
import { RebuildDesk } from '../platform/readers/rebuild/rebuild-desk.js';
import type { Rebuild } from '../platform/readers/rebuild/rebuild-records.js';
import { DeedNotes } from './deed-notes.js';
import { WhyRequest } from './ops.dto.js';
import { Projections, type ProjectionStatus } from './projections.js';

class RebuildRequestBody extends WhyRequest {
  @ApiPropertyOptional({ default: false, description: 'Swaps also if the new rows are not the old ones.' })
  @IsOptional()
  @IsBoolean()
  readonly acceptDifferences?: boolean;
}

const PURPOSES: readonly Rebuild['purpose'][] = ['swap', 'verify'];

class CancelRequestBody extends WhyRequest {
  @ApiPropertyOptional({ enum: PURPOSES, description: 'Ends no run of the other kind; absent: whichever runs.' })
  @IsOptional()
  @IsIn(PURPOSES)
  readonly purpose?: Rebuild['purpose'];
}

const STATES: readonly Rebuild['state'][] = ['building', 'indexing', 'verifying', 'swapped', 'verified', 'differs', 'cancelled', 'failed'];

class RebuildView implements Rebuild {
  @ApiProperty() readonly projection!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty() readonly id!: string;
  @ApiProperty({ enum: PURPOSES }) readonly purpose!: Rebuild['purpose'];
  @ApiProperty({ enum: STATES }) readonly state!: Rebuild['state'];
  @ApiProperty() readonly acceptDifferences!: boolean;
  @ApiProperty() readonly requestedBy!: string;
  @ApiProperty() readonly requestedAt!: string;
  @ApiProperty({ type: String, nullable: true }) readonly finishedAt!: string | null;
  @ApiProperty({ description: 'Of the log, 0 to 100.' }) readonly percent!: number;
  @ApiProperty() readonly events!: number;
  @ApiProperty() readonly eventsPerSecond!: number;
  @ApiProperty({ type: Number, nullable: true }) readonly etaSeconds!: number | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Rows, checksums and the first rows that differ, at one position of the log.',
  })
  readonly difference!: Difference | null;
  @ApiProperty({ type: String, nullable: true }) readonly lastError!: string | null;
}

class ProjectionView implements ProjectionStatus {
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly version!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Commit position of the checkpoint.' }) readonly position!: string | null;
  @ApiProperty({ description: 'How far through the log, 0 to 100.' }) readonly percent!: number;
  @ApiProperty() readonly caughtUp!: boolean;
  @ApiProperty({ type: Number, nullable: true, description: '0 only when caught up and at the head.' })
  readonly lagSeconds!: number | null;
  @ApiProperty() readonly eventsPerSecond!: number;
  @ApiProperty() readonly parked!: number;
  @ApiProperty({ type: String, nullable: true, description: 'The process that runs it.' }) readonly owner!: string | null;
  @ApiProperty() readonly epoch!: number;
  @ApiProperty({ type: String, nullable: true }) readonly lastError!: string | null;
  @ApiProperty({ description: 'Whether the table from before the last rebuild can be taken back.' }) readonly oldKept!: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Where (`position`) and why (`error`) that table follows the log no more.',
  })
  readonly oldStopped!: ProjectionStatus['oldStopped'];
  @ApiProperty({ type: RebuildView, nullable: true }) readonly rebuild!: RebuildView | null;
}

@ApiTags('operators')
@ApiBearerAuth()
@Roles('operator')
@ApiResponse({ status: 403, description: 'FORBIDDEN: not an operator' })
@Controller('api/v1/ops/projections')
export class ProjectionsController {
  constructor(
    private readonly projections: Projections,
    private readonly desk: RebuildDesk,
    private readonly deeds: DeedNotes,
  ) {}

  @Get()
  @ReadsFrom()
  @ApiOperation({ summary: 'Every read model: position, lag, rate, owner, parked events, rebuild' })
  @ApiOkResponse({ type: [ProjectionView] })
  async list(): Promise<ProjectionView[]> {
    return this.projections.list();
  }

  @Get(':name')
  @ReadsFrom()
  @ApiOperation({ summary: 'One read model' })
  @ApiOkResponse({ type: ProjectionView })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN' })
  async show(@Param('name') name: string): Promise<ProjectionView> {
    return this.projections.show(name);
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({ summary: 'Builds the read model anew beside the live one and swaps it in; one that was stopped goes on' })
  @ApiResponse({ status: 202, type: RebuildView })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN' })
  @ApiResponse({ status: 409, description: 'REBUILD_RUNNING: a verification is' })
  async rebuild(
    @Caller() caller: Asker,
    @Param('name') name: string,
    @Body() { acceptDifferences = false, reason }: RebuildRequestBody,
  ): Promise<RebuildView> {
    const rebuild = await this.desk.request(name, { purpose: 'swap', acceptDifferences, by: caller.id });
    await this.note(caller, { name, deed: 'rebuild', reason });
    return rebuild;
  }

  @Post(':name/verify')
  @HttpCode(202)
  @ApiOperation({ summary: 'Builds the read model anew and compares it byte for byte; `rebuild` of the read model tells how it went' })
  @ApiResponse({ status: 202, type: RebuildView })
  @ApiResponse({ status: 404, description: 'PROJECTION_UNKNOWN' })
  @ApiResponse({ status: 409, description: 'REBUILD_RUNNING: a rebuild is' })
  async verify(@Caller() { id }: Asker, @Param('name') name: string): Promise<RebuildView> {
    return this.desk.request(name, { purpose: 'verify', by: id });
  }

  @Post(':name/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ends a rebuild or verification; the live table is left as it is' })
  @ApiOkResponse({ type: ProjectionView })
  @ApiResponse({ status: 409, description: 'REBUILD_NOT_RUNNING, TABLE_BUSY' })
  async cancel(
    @Caller() caller: Asker,
    @Param('name') name: string,
    @Body() { purpose, reason }: CancelRequestBody,
  ): Promise<ProjectionView> {
    await this.desk.cancel(name, purpose);
    await this.note(caller, { name, deed: 'cancel', reason });
    return this.projections.show(name);
  }

  @Post(':name/rollback')
  @HttpCode(200)
  @ApiOperation({ summary: 'Reads the table from before the last rebuild again; the rebuilt one is kept in its place' })
  @ApiOkResponse({ type: ProjectionView })
  @ApiResponse({ status: 409, description: 'OLD_TABLE_MISSING, OLD_TABLE_BEHIND, TABLE_BUSY' })
  async rollback(@Caller() caller: Asker, @Param('name') name: string, @Body() { reason }: WhyRequest): Promise<ProjectionView> {
    await this.desk.rollback(name);
    await this.note(caller, { name, deed: 'rollback', reason });
    return this.projections.show(name);
  }

  @Post(':name/drop-old')
  @HttpCode(200)
  @ApiOperation({ summary: 'Forgets the table from before the last rebuild, and those of earlier versions that no process keeps up' })
  @ApiOkResponse({ type: ProjectionView })
  @ApiResponse({ status: 409, description: 'OLD_TABLE_MISSING' })
  async dropOld(@Caller() caller: Asker, @Param('name') name: string, @Body() { reason }: WhyRequest): Promise<ProjectionView> {
    await this.desk.dropOld(name);
    await this.note(caller, { name, deed: 'drop-old', reason });
    return this.projections.show(name);
  }

  /** Of what was done, and not of what was refused. */
  private async note(
    { id, commandId }: Asker,
    { name, deed, reason }: { name: string; deed: string; reason: string | undefined },
  ): Promise<void> {
    await this.deeds.keep({ subjectId: `projection-${name}`, authorId: id, commandId, reason, deed });
  }
}
