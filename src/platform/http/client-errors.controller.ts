/** Where pages report what goes wrong in them. */
import { Body, Controller, HttpCode, PayloadTooLargeException, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Public } from './auth.decorators.js';
import { ClientErrors } from './client-errors.js';
import { RequestKey } from './request-key.js';
import { Sensitive } from './request-limits.js';

const BYTES_MAX = 16_384;
const KINDS = ['error', 'rejection', 'render', 'csp'];

class ClientErrorReport {
  @ApiProperty({ enum: KINDS }) @IsIn(KINDS) readonly kind!: string;
  @ApiProperty({ maxLength: 500 }) @IsString() @MinLength(1) @MaxLength(500) readonly message!: string;
  @ApiPropertyOptional({ maxLength: 4000 }) @IsOptional() @IsString() @MaxLength(4_000) readonly stack?: string;
  @ApiPropertyOptional({ maxLength: 300, description: 'The path of the page.' })
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly page?: string;
  @ApiPropertyOptional({ maxLength: 64, description: 'Of the web application.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly release?: string;
}

class ReportTaken {
  @ApiProperty() readonly taken!: boolean;
}

@ApiTags('health')
@Controller('api/v1/client-errors')
export class ClientErrorsController {
  constructor(private readonly errors: ClientErrors) {}

  @Public()
  @Sensitive()
  @RequestKey({ exempt: true })
  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Reports an error of a page',
    description: 'Logged without tokens, e-mail addresses and query strings, and counted. A twentieth of the usual number of requests.',
  })
  @ApiAcceptedResponse({ type: ReportTaken })
  @ApiResponse({ status: 413, description: `BODY_TOO_LARGE: more than ${BYTES_MAX} bytes` })
  @ApiResponse({ status: 422, description: 'VALIDATION_FAILED' })
  report(@Req() request: FastifyRequest, @Body() report: ClientErrorReport): ReportTaken {
    if (Number(request.headers['content-length'] ?? BYTES_MAX + 1) > BYTES_MAX) throw new PayloadTooLargeException();
    this.errors.take(report);
    return { taken: true };
  }
}
