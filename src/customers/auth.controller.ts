/** Going on with a login, and ending it. The only routes that read the cookie. */
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiCookieAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../platform/http/auth.decorators.js';
import { RequestKey } from '../platform/http/request-key.js';
import { Http, Session, SessionDesk, type HttpExchange } from './session.desk.js';

class LoggedOut {
  @ApiProperty() readonly loggedOut!: boolean;
}

@ApiTags('account')
@ApiCookieAuth()
@ApiResponse({ status: 403, description: 'CROSS_SITE: asked by a page of another site' })
@Controller('api/v1/auth')
export class AuthController {
  constructor(private readonly desk: SessionDesk) {}

  @Public()
  @RequestKey({ exempt: true })
  @Post('refresh')
  @HttpCode(200)
  @ApiOperation({
    summary: 'A new access token for the login whose cookie is sent',
    description: 'The cookie is exchanged for its successor. The one before still counts for 20 seconds; later it ends the login.',
  })
  @ApiOkResponse({ type: Session })
  @ApiResponse({ status: 401, description: 'REFRESH_INVALID, REFRESH_REUSED: log in again' })
  async refresh(@Http() http: HttpExchange): Promise<Session> {
    return this.desk.refresh(http);
  }

  @Public()
  @RequestKey({ exempt: true })
  @Post('logout')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ends the login whose cookie is sent, and drops the cookie' })
  @ApiOkResponse({ type: LoggedOut })
  async logout(@Http() http: HttpExchange): Promise<LoggedOut> {
    await this.desk.logOut(http);
    return { loggedOut: true };
  }
}
